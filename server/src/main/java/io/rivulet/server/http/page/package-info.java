/** The chat page of the demo: files for browsers, out of the program itself. */
@NullMarked
package io.rivulet.server.http.page;

import org.jspecify.annotations.NullMarked;

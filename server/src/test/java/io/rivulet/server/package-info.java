/** Tests of the whole server. */
@NullMarked
package io.rivulet.server;

import org.jspecify.annotations.NullMarked;

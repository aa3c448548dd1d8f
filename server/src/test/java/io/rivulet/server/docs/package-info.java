/** Tests that compare pages in docs with each other and with what they are about. */
@NullMarked
package io.rivulet.server.docs;

import org.jspecify.annotations.NullMarked;

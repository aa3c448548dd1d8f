/** Tests of io.rivulet.server.rivulet. */
@NullMarked
package io.rivulet.server.rivulet;

import org.jspecify.annotations.NullMarked;

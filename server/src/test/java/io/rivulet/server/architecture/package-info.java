/** Tests of the shape of the code: which way the arrows point, how long things are. */
@NullMarked
package io.rivulet.server.architecture;

import org.jspecify.annotations.NullMarked;

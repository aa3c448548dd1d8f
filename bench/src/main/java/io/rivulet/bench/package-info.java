/** Load programs: {@code rivulet bench}. */
@NullMarked
package io.rivulet.bench;

import org.jspecify.annotations.NullMarked;

/** Bytes: how values are laid out in records and rows. */
@NullMarked
package io.rivulet.engine.codec;

import org.jspecify.annotations.NullMarked;

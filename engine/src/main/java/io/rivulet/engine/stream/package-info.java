/** A lite topic as a stream: made on purpose, with a content type and an end. */
@NullMarked
package io.rivulet.engine.stream;

import org.jspecify.annotations.NullMarked;

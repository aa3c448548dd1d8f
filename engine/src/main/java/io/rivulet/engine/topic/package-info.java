/** Topics and their types. */
@NullMarked
package io.rivulet.engine.topic;

import org.jspecify.annotations.NullMarked;

/** An urgent message behind a backlog: how many others are delivered before it. */
@NullMarked
package io.rivulet.bench.overtaking;

import org.jspecify.annotations.NullMarked;

/** JMH, load programs, peers; never shipped. */
@NullMarked
package io.rivulet.bench;

import org.jspecify.annotations.NullMarked;

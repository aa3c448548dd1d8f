/** Refusals: answers to a caller's mistake or to a limit, as values. */
@NullMarked
package io.rivulet.engine.refusal;

import org.jspecify.annotations.NullMarked;

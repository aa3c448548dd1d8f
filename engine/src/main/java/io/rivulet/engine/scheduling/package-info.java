/** How scarce compute is shared out: what groups, topics and messages say of it. */
@NullMarked
package io.rivulet.engine.scheduling;

import org.jspecify.annotations.NullMarked;

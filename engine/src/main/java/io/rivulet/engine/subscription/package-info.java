/** Subscriptions to streams: who is woken when something new is in them, and how far they are. */
@NullMarked
package io.rivulet.engine.subscription;

import org.jspecify.annotations.NullMarked;

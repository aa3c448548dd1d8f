/** What one shard owes another: messages that go there by themselves, and once. */
@NullMarked
package io.rivulet.engine.outbox;

import org.jspecify.annotations.NullMarked;

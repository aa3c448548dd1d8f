/** Names and texts that clients choose: what is allowed in them, and namespaces. */
@NullMarked
package io.rivulet.server.rocketmq.name;

import org.jspecify.annotations.NullMarked;

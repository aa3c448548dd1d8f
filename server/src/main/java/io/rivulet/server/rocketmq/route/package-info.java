/** Routes and assignments: one queue, at the address that the client came by. */
@NullMarked
package io.rivulet.server.rocketmq.route;

import org.jspecify.annotations.NullMarked;

/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq.connection;

import org.jspecify.annotations.NullMarked;

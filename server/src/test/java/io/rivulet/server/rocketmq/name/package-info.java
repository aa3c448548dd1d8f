/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq.name;

import org.jspecify.annotations.NullMarked;

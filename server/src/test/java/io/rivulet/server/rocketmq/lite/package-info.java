/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq.lite;

import org.jspecify.annotations.NullMarked;

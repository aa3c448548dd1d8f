/** Places on the network, as people write them. */
@NullMarked
package io.rivulet.server.network;

import org.jspecify.annotations.NullMarked;

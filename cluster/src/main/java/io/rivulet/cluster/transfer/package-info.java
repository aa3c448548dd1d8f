/** Taking the data of a single process into a new cluster, and back: offline. */
@NullMarked
package io.rivulet.cluster.transfer;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.rivulet.cluster.transfer;

import org.jspecify.annotations.NullMarked;

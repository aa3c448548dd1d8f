/** ZooKeeper's and BookKeeper's servers inside our process. */
@NullMarked
package io.rivulet.cluster.member;

import org.jspecify.annotations.NullMarked;

/** What is agreed upon about a shard: its epoch, its owner, the ledgers that its log is made of. */
@NullMarked
package io.rivulet.cluster.shard;

import org.jspecify.annotations.NullMarked;

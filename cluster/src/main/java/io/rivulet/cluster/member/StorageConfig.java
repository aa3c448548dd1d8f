package io.rivulet.cluster.member;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Immutable. What a storage member is told.
 *
 * @param metadata where ZooKeeper is: {@code host:port,host:port}
 * @param folder where it keeps its data
 * @param sessionTimeout after which others take it for dead
 * @param minFreeBytes when its disk has half of this left it takes nothing any more
 * @param acceptsEmpty it may begin anew although the cluster knows it and its folder is empty
 */
public record StorageConfig(
    NodeAddress self,
    String metadata,
    Path folder,
    Duration sessionTimeout,
    long minFreeBytes,
    boolean acceptsEmpty) {}

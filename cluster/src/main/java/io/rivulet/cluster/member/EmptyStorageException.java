package io.rivulet.cluster.member;

import java.io.IOException;
import java.nio.file.Path;

/** The cluster knows this storage member, and its folder is empty: its disk was lost. */
public final class EmptyStorageException extends IOException {
  private static final long serialVersionUID = 1;

  EmptyStorageException(String name, Path folder) {
    super(
        "the cluster knows storage of the name '%s', and %s holds nothing of it: mount the right disk, or, if it is lost, wait until the others are whole again and start once with cluster.accept-empty-storage=true"
            .formatted(name, folder));
  }
}

package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Owned by the ownership thread. What a stored text says, read anew only when it has changed. */
final class Reading<T> {
  private final Class<T> type;
  private @Nullable Versioned text;
  private Optional<T> value = Optional.empty();

  Reading(Class<T> type) {
    this.type = type;
  }

  /** Empty if there is none, or if it is none of ours. */
  Optional<T> of(Optional<Versioned> stored) {
    Versioned now = stored.orElse(null);
    if (!Objects.equals(now, text)) {
      text = now;
      value = stored.flatMap(each -> Texts.read(each.value(), type));
    }
    return value;
  }
}

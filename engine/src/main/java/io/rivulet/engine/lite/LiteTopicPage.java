package io.rivulet.engine.lite;

import java.util.List;
import java.util.Optional;

/**
 * Immutable. A page of a listing, in order of name.
 *
 * @param next where the next page begins; empty on the last page
 */
public record LiteTopicPage(List<LiteTopicView> liteTopics, Optional<String> next) {}

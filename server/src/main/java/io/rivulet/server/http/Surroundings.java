package io.rivulet.server.http;

import io.rivulet.engine.delivery.Returns;
import io.rivulet.server.network.RequestBudget;

/**
 * Immutable. What the rooms of the HTTP port have in common.
 *
 * @param cors which web pages may ask, if a topic says nothing else
 * @param requests what bodies of all requests may take
 * @param answers what the messages in answers to all of them may take
 * @param returns takes back what was leased for callers that have gone
 */
public record Surroundings(
    Cors cors,
    RequestBudget requests,
    AnswerMemory answers,
    HttpMetrics metrics,
    Returns returns) {}

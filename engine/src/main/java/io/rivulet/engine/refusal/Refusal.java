package io.rivulet.engine.refusal;

/**
 * Immutable. Says no: what was wrong, with which value, and what is allowed.
 *
 * @param code the kind of refusal
 * @param message a sentence for the person who made the request
 */
public record Refusal(RefusalCode code, String message) {}

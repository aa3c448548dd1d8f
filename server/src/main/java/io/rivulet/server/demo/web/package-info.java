/** The story of a chat page that never loses an answer: the worker behind it. */
@NullMarked
package io.rivulet.server.demo.web;

import org.jspecify.annotations.NullMarked;

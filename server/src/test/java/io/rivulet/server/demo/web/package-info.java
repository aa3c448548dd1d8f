/** Tests of the chat page's demo, in Java and in a real browser. */
@NullMarked
package io.rivulet.server.demo.web;

import org.jspecify.annotations.NullMarked;

package io.rivulet.bench.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RedisRepliesTest {
  private static RedisReplies replies(String bytes) {
    return new RedisReplies(new ByteArrayInputStream(bytes.getBytes(UTF_8)));
  }

  @Test
  void aCommandIsAnArrayOfItsWords() {
    byte[] bytes = new RedisCommand(2).add("GET").add(new byte[] {'k', '\r', '\n'}).bytes();

    assertThat(new String(bytes, UTF_8)).isEqualTo("*2\r\n$3\r\nGET\r\n$3\r\nk\r\n\r\n");
  }

  @Test
  void anEntryOfAStreamIsReadFromItsNestedArrays() throws IOException {
    RedisReply reply =
        replies("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n7-0\r\n*2\r\n$1\r\nb\r\n$2\r\n\r\n\r\n")
            .next();

    List<RedisReply> stream = reply.parts().getFirst().parts();
    List<RedisReply> entry = stream.get(1).parts().getFirst().parts();
    assertThat(stream.get(0).bytes()).isEqualTo("s".getBytes(UTF_8));
    assertThat(entry.get(0).bytes()).isEqualTo("7-0".getBytes(UTF_8));
    assertThat(entry.get(1).parts().get(1).bytes()).isEqualTo("\r\n".getBytes(UTF_8));
  }

  @Test
  void repliesFollowEachOther() throws IOException {
    RedisReplies replies = replies("+OK\r\n:-3\r\n*-1\r\n$-1\r\n-LOADING the data\r\n");

    assertThat(replies.next().bytes()).isEqualTo("OK".getBytes(UTF_8));
    assertThat(replies.next()).isEqualTo(new RedisReply.Count(-3));
    assertThat(replies.next().parts()).isEmpty();
    assertThat(replies.next()).isEqualTo(new RedisReply.Nothing());
    assertThat(replies.next()).isEqualTo(new RedisReply.Refused("LOADING the data"));
  }

  @Test
  void whatIsCutOffIsNoReply() {
    assertThatThrownBy(() -> replies("$5\r\nabc").next()).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> replies("").next()).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> replies("?\r\n").next()).isInstanceOf(IOException.class);
  }
}

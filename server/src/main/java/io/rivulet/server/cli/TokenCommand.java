package io.rivulet.server.cli;

import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tokens;
import io.rivulet.server.config.DurationText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Tokens for the HTTP port: the parent of the commands in here. */
@Command(
    name = "token",
    description = "Make tokens for browsers and back ends, and keep the keys that sign them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TokenCommand.Create.class,
      TokenCommand.Keys.class,
      TokenCommand.Rotate.class,
      TokenCommand.Remove.class
    },
    footer = {
      "",
      "The HTTP port asks for tokens when http.security is 'tokens'. A back end makes them with",
      "POST /v1/tokens, out of what its own token allows."
    })
public final class TokenCommand extends CommandGroup {
  /** Owned by the main thread. Makes a token. */
  @Command(
      name = "create",
      description = "Make a token and print it.",
      footer = {
        "",
        "A browser that may read one session for an hour:",
        "  rivulet token create --read chat/42 --ttl 1h",
        "A back end that reads and writes all sessions, and makes tokens for its browsers:",
        "  rivulet token create --read 'chat/*' --write 'chat/*' --ttl 30d"
      })
  static final class Create extends Request {
    @Option(
        names = "--read",
        paramLabel = "RESOURCE",
        description =
            "May read this: TOPIC/LITE-TOPIC or TOPIC; with * at the end, all that begin so.")
    private List<String> read = List.of();

    @Option(
        names = "--write",
        paramLabel = "RESOURCE",
        description = "May send to this, make, close and delete it.")
    private List<String> write = List.of();

    @Option(
        names = "--consume",
        paramLabel = "GROUP",
        description = "May receive and acknowledge for this consumer group.")
    private List<String> consume = List.of();

    @Option(names = "--admin", description = "May do everything.")
    private boolean isAdmin;

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        defaultValue = "",
        description = "Who will use it: quotas count by this name.")
    private String subject = "";

    @Option(
        names = "--ttl",
        paramLabel = "TIME",
        defaultValue = "1h",
        description = "How long it holds, such as 15m or 30d. Default: ${DEFAULT-VALUE}")
    private String ttl = "";

    @Override
    int run(RivuletClient client) {
      Tokens.Token token = client.tokens().create(subject, scopes(), time());
      if (output.isJson()) {
        output.json(json -> {
          json.writeStartObject();
          json.writeStringProperty("token", token.text());
          json.writeStringProperty("end", token.end().toString());
          json.writeEndObject();
        });
      } else {
        output.line(token.text());
      }
      if (!token.isRequired()) {
        output
            .err()
            .println("nobody asks for tokens yet: start the server with http.security=tokens");
      }
      return DONE;
    }

    private List<String> scopes() {
      List<String> scopes = new ArrayList<>();
      read.forEach(resource -> scopes.add("read:" + resource));
      write.forEach(resource -> scopes.add("write:" + resource));
      consume.forEach(group -> scopes.add("consume:" + group));
      if (isAdmin) {
        scopes.add("admin");
      }
      if (scopes.isEmpty()) {
        throw misused("say what it allows: --read, --write, --consume or --admin");
      }
      return scopes;
    }

    private java.time.Duration time() {
      try {
        return DurationText.parse(ttl);
      } catch (IllegalArgumentException e) {
        throw misused("--ttl " + ttl + ": " + e.getMessage());
      }
    }
  }

  /** Owned by the main thread. Shows keys. */
  @Command(name = "keys", description = "Show the keys whose tokens are taken.")
  static final class Keys extends Request {
    @Override
    int run(RivuletClient client) {
      List<Tokens.Key> keys = client.tokens().keys();
      if (output.isJson()) {
        output.json(json -> {
          json.writeStartArray();
          for (Tokens.Key key : keys) {
            json.writeStartObject();
            json.writeStringProperty("id", key.id());
            json.writeStringProperty("made", key.made().toString());
            Optional<String> end = key.end().map(Object::toString);
            if (end.isPresent()) {
              json.writeStringProperty("end", end.get());
            }
            json.writeEndObject();
          }
          json.writeEndArray();
        });
        return DONE;
      }
      if (keys.isEmpty()) {
        output.line("no keys: the first token makes one");
      }
      keys.forEach(key -> output.line(line(key)));
      return DONE;
    }

    private static String line(Tokens.Key key) {
      return "%s  made %s  %s"
          .formatted(
              key.id(),
              key.made(),
              key.end().map(end -> "taken until " + end).orElse("signs new tokens"));
    }
  }

  /** Owned by the main thread. Changes the key that signs. */
  @Command(
      name = "rotate",
      description = "Sign with a new key; tokens of the one before are taken until they end.")
  static final class Rotate extends Request {
    @Override
    int run(RivuletClient client) {
      output.line("tokens are now signed with key " + client.tokens().rotateKey().id());
      return DONE;
    }
  }

  /** Owned by the main thread. Ends all tokens of a key. */
  @Command(name = "remove", description = "Refuse all tokens of a key from now on.")
  static final class Remove extends Request {
    @Parameters(paramLabel = "KEY", description = "The key, as 'rivulet token keys' shows it.")
    private String id = "";

    @Override
    int run(RivuletClient client) {
      client.tokens().removeKey(id);
      output.line("tokens of key " + id + " are refused");
      return DONE;
    }
  }
}

package io.rivulet.server.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Owned by the main thread. Sets logging up in code rather than from XML, whose parser would take a
 * tenth of a second of every command's start. A logback file given with {@code
 * -Dlogback.configurationFile} goes before.
 *
 * <p>Until the server starts only warnings are written, to standard error, where they don't mix
 * with what a command prints.
 */
public final class LogbackDefaults extends ContextAwareBase implements Configurator {
  private static final String FILE_PROPERTY = "logback.configurationFile";
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n";
  private static final int QUEUE_LINES = 8192;
  private static final int FLUSH_MILLIS = 500;

  /** java.util.logging forgets levels of loggers that nobody holds. */
  private static final java.util.logging.Logger OLD_GENERATED_CODE =
      java.util.logging.Logger.getLogger("com.google.protobuf.GeneratedMessage");

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    ConsoleAppender<ILoggingEvent> console = console(context, ConsoleTarget.SystemErr);
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(console);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** From now on the lines of a server: to standard output, without anybody waiting for it. */
  public static void startServerLog(LoggingConfig config) {
    // The published classes of the RocketMQ protocol are older than the protobuf runtime, which
    // warns once per message type; there is nothing that a user could do about it.
    OLD_GENERATED_CODE.setLevel(java.util.logging.Level.OFF);
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    if (System.getProperty(FILE_PROPERTY) != null) {
      quietenConnecting(context);
      return;
    }
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    AsyncAppender queue = new AsyncAppender();
    queue.setContext(context);
    queue.setQueueSize(QUEUE_LINES);
    // A full queue drops lines (trace, debug and info first) rather than stop a shard.
    queue.setNeverBlock(true);
    queue.setMaxFlushTime(FLUSH_MILLIS);
    queue.addAppender(console(context, ConsoleTarget.SystemOut));
    queue.start();
    root.addAppender(queue);
    root.setLevel(Level.toLevel(config.level().name()));
    context.getLogger("io.netty").setLevel(Level.WARN);
    context.getLogger("io.grpc").setLevel(Level.WARN);
    context.getLogger("io.vertx").setLevel(Level.WARN);
    quietenStorage();
  }

  /**
   * Each wait that is cut short to connect sooner would be a stack trace, unless that is wanted.
   */
  private static void quietenConnecting(LoggerContext context) {
    Logger connecting = context.getLogger("org.apache.zookeeper.ClientCnxn");
    if (connecting.getLevel() == null && connecting.isWarnEnabled()) {
      connecting.setLevel(Level.ERROR);
    }
  }

  /**
   * A node that is away is written of by BookKeeper and ZooKeeper hundreds of times a second. Why a
   * node's storage ends is said.
   */
  public static void quietenStorage() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger("org.apache.bookkeeper").setLevel(Level.OFF);
    context.getLogger("org.apache.bookkeeper.bookie.BookieImpl").setLevel(Level.ERROR);
    context.getLogger("org.apache.bookkeeper.bookie.BookieStateManager").setLevel(Level.ERROR);
    context.getLogger("org.apache.zookeeper").setLevel(Level.OFF);
  }

  /** Writes what is still queued; nothing is logged afterwards. */
  public static void stop() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private static ConsoleAppender<ILoggingEvent> console(
      LoggerContext context, ConsoleTarget target) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget(target.getName());
    console.setEncoder(encoder);
    console.start();
    return console;
  }
}

package io.rivulet.server.demo.web;

import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.Receipt;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import io.rivulet.client.Session;
import io.rivulet.client.Tail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one thread receives; each answer has a virtual thread of its own; what they
 * share is a concurrent map and a semaphore.
 *
 * <p>The worker behind the page: takes questions and writes the answers into the conversations,
 * token by token. It may die at any moment, and so may the server:
 *
 * <ul>
 *   <li>A question is acknowledged when its answer has ended; until then it comes again, to this
 *       worker or another.
 *   <li>Whoever gets it reads how far the answer has got and goes on from there.
 *   <li>Each message has an id that follows from question and number, so what two workers write, or
 *       one writes twice, is stored once.
 * </ul>
 */
final class Assistant implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Assistant.class);

  /** Answers that are written at a time; further questions wait in the server. */
  private static final int MAX_ANSWERS = 64;

  private static final Duration RECEIVE_WAIT = Duration.ofSeconds(5);

  /** After a failure that may pass. */
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final RivuletClient client;
  private final Duration pace;
  private final GroupConsumer consumer;
  private final ExecutorService answering = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore room = new Semaphore(MAX_ANSWERS);

  /** The last answer of each session in which one is being written: the next waits for it. */
  private final Map<String, CompletableFuture<Void>> last = new ConcurrentHashMap<>();

  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread receiver =
      Thread.ofPlatform().name("rivulet-demo-assistant").daemon().unstarted(this::receive);

  /**
   * Makes a worker.
   *
   * @param client stays open when the worker is closed
   * @param pace from one token to the next
   */
  Assistant(RivuletClient client, Duration pace) {
    this.client = client;
    this.pace = pace;
    consumer = client.consumer(ConsumerSettings.of(ChatTopics.GROUP, ChatTopics.QUESTIONS));
  }

  void start() {
    receiver.start();
  }

  private void receive() {
    try {
      while (over.getCount() > 0) {
        room.acquire();
        int free = 1 + room.drainPermits();
        List<Delivery> questions = List.of();
        try {
          questions = consumer.receive(free, RECEIVE_WAIT);
        } catch (RivuletException e) {
          LOG.debug("can't receive questions now; trying again", e);
          boolean _ = over.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
          room.release(free - questions.size());
        }
        questions.forEach(this::queue);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is over
    }
  }

  /** One answer after the other within a session. */
  private void queue(Delivery delivery) {
    String session = delivery.message().liteTopic();
    CompletableFuture<Void> mine =
        last.compute(
            session,
            (_, before) ->
                (before == null ? CompletableFuture.<Void>completedFuture(null) : before)
                    .thenRunAsync(() -> answer(session, delivery), answering));
    var _ =
        mine.whenComplete((_, _) -> {
          boolean _ = last.remove(session, mine);
          room.release();
        });
  }

  private void answer(String session, Delivery delivery) {
    try {
      Question question = Question.read(delivery.message().text());
      write(session, question);
      // Refused if the lease has ended meanwhile: then it comes again, and the answer has ended.
      var _ = consumer.acknowledge(List.of(delivery));
    } catch (IllegalArgumentException e) {
      giveUp(delivery, String.valueOf(e.getMessage()));
    } catch (RivuletException | CompletionException e) {
      LOG.debug("an answer broke off; its question comes again", e);
      comeAgain(delivery);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is over; the question goes to another worker
    }
  }

  private void write(String session, Question question) throws InterruptedException {
    Progress progress = Progress.of(question, session, client);
    if (progress.isEnded()) {
      return;
    }
    Session conversation = client.session(ChatTopics.CHAT, session);
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    if (!progress.isAsked()) {
      receipts.add(conversation.append(ChatEvent.asked(question).toMessage(session)));
    }
    List<String> tokens = Answers.to(question.text());
    String reason = ChatEvent.COMPLETE;
    try (Tail stops = client.tail(ChatTopics.STOPS, question.id(), ReadFrom.first())) {
      for (int number = progress.tokens(); number < tokens.size(); number++) {
        // Waiting for the model and for the stop button is one.
        if (stops.next(pace).isPresent()) {
          reason = ChatEvent.STOPPED;
          break;
        }
        ChatEvent token = ChatEvent.token(question, number, tokens.get(number));
        receipts.add(conversation.append(token.toMessage(session)));
      }
    }
    receipts.add(conversation.append(ChatEvent.end(question, reason).toMessage(session)));
    receipts.forEach(CompletableFuture::join);
  }

  private void giveUp(Delivery delivery, String reason) {
    try {
      consumer.moveToDeadLetters(delivery, reason);
    } catch (RivuletException e) {
      LOG.debug("can't give a question up now; it comes again", e);
    }
  }

  private void comeAgain(Delivery delivery) {
    try {
      var _ = consumer.changeInvisible(delivery, PAUSE);
    } catch (RivuletException e) {
      LOG.debug("the lease of a question has ended already", e);
    }
  }

  /** Ends at once, in the middle of answers; their questions go to another worker. */
  @Override
  public void close() {
    over.countDown();
    receiver.interrupt();
    answering.shutdownNow();
    try {
      boolean _ = receiver.join(RECEIVE_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    consumer.close();
  }
}

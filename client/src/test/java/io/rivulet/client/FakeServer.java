package io.rivulet.client;

import com.google.protobuf.Any;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AppendReceipt;
import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.api.v1.AppendResult;
import io.rivulet.api.v1.Message;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.Refusal;
import io.rivulet.api.v1.RefusalCode;
import io.rivulet.api.v1.StoredMessage;
import io.rivulet.api.v1.TailRequest;
import io.rivulet.api.v1.TailResponse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: its own monitor. A small MessageService in memory, with faults on demand.
 * What it has stored outlives its restarts.
 */
final class FakeServer implements AutoCloseable {
  /** What happens to the next append. */
  enum Fault {
    /** It is refused before it is stored. */
    UNAVAILABLE,
    /** It is stored, but the answer is lost. */
    ANSWER_LOST,
    /** It waits until {@link #letGo}. */
    HELD
  }

  private final String name = UUID.randomUUID().toString();
  private final Map<String, List<StoredMessage>> queues = new HashMap<>();
  private final Map<String, AppendReceipt> known = new HashMap<>();
  private final Deque<Fault> faults = new ArrayDeque<>();
  private final List<AppendRequest> requests = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private final List<OpenTail> tails = new ArrayList<>();
  private int tailPage = 100;
  private int tailResponses;
  private long incarnation = 1;
  private Server server;

  FakeServer() {
    this.server = start();
  }

  RivuletClient client() {
    return RivuletClient.connect(InProcessChannelBuilder.forName(name), ClientConfig.of("fake:1"));
  }

  synchronized void next(Fault... next) {
    faults.addAll(List.of(next));
  }

  synchronized void tailPage(int messages) {
    tailPage = messages;
  }

  synchronized int tailResponses() {
    return tailResponses;
  }

  /** Answers the held appends. */
  void letGo() {
    List<Runnable> answers;
    synchronized (this) {
      answers = List.copyOf(held);
      held.clear();
    }
    answers.forEach(Runnable::run);
  }

  synchronized int heldCount() {
    return held.size();
  }

  synchronized List<AppendRequest> requests() {
    return List.copyOf(requests);
  }

  synchronized List<String> bodies(String liteTopic) {
    return queue(liteTopic).stream()
        .map(stored -> stored.getMessage().getBody().toStringUtf8())
        .toList();
  }

  /** The lite topics begin a new life; tails of the old one are told. */
  void reclaim() {
    List<OpenTail> told;
    synchronized (this) {
      queues.clear();
      incarnation++;
      told = List.copyOf(tails);
      tails.clear();
    }
    told.forEach(tail -> tail.call.onError(gone()));
  }

  void kill() throws InterruptedException {
    server.shutdownNow();
    server.awaitTermination();
    synchronized (this) {
      tails.clear();
    }
  }

  void restart() {
    server = start();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private Server start() {
    try {
      return InProcessServerBuilder.forName(name).addService(new Service()).build().start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<StoredMessage> queue(String liteTopic) {
    return queues.computeIfAbsent(liteTopic, key -> new ArrayList<>());
  }

  private synchronized AppendResponse store(AppendRequest request) {
    AppendResponse.Builder response = AppendResponse.newBuilder();
    for (Message message : request.getMessagesList()) {
      AppendReceipt earlier = known.get(message.getMessageId());
      AppendReceipt receipt =
          earlier != null
              ? earlier.toBuilder().setDuplicate(true).build()
              : store(request, message);
      response.addResults(
          message.getBody().isEmpty()
              ? AppendResult.newBuilder()
                  .setRefusal(
                      Refusal.newBuilder()
                          .setCode(RefusalCode.REFUSAL_CODE_ILLEGAL_ARGUMENT)
                          .setMessage("a body is not empty"))
              : AppendResult.newBuilder().setReceipt(receipt));
    }
    return response.build();
  }

  private AppendReceipt store(AppendRequest request, Message message) {
    if (message.getBody().isEmpty()) {
      return AppendReceipt.getDefaultInstance();
    }
    List<StoredMessage> queue = queue(message.getLiteTopic());
    long offset = queue.size();
    queue.add(
        StoredMessage.newBuilder()
            .setTopic(request.getTopic())
            .setMessage(message)
            .setIncarnation(incarnation)
            .setOffset(offset)
            .setToken(incarnation + ":" + (offset + 1))
            .build());
    AppendReceipt receipt =
        AppendReceipt.newBuilder()
            .setMessageId(message.getMessageId())
            .setIncarnation(incarnation)
            .setOffset(offset)
            .build();
    known.put(message.getMessageId(), receipt);
    return receipt;
  }

  private void advanceTails() {
    List<OpenTail> open;
    synchronized (this) {
      open = List.copyOf(tails);
    }
    open.forEach(OpenTail::advance);
  }

  private static StatusRuntimeException gone() {
    Refusal refusal =
        Refusal.newBuilder()
            .setCode(RefusalCode.REFUSAL_CODE_GONE)
            .setMessage("the lite topic was reclaimed")
            .build();
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(com.google.rpc.Code.OUT_OF_RANGE_VALUE)
            .addDetails(Any.pack(refusal))
            .build());
  }

  private final class OpenTail {
    private final String liteTopic;
    private final ServerCallStreamObserver<TailResponse> call;
    private long nextOffset;
    private boolean isPlaced;

    OpenTail(String liteTopic, long nextOffset, ServerCallStreamObserver<TailResponse> call) {
      this.liteTopic = liteTopic;
      this.nextOffset = nextOffset;
      this.call = call;
    }

    void advance() {
      synchronized (FakeServer.this) {
        while (call.isReady() && (!isPlaced || nextOffset < queue(liteTopic).size())) {
          List<StoredMessage> queue = queue(liteTopic);
          int to = (int) Math.min(queue.size(), nextOffset + tailPage);
          List<StoredMessage> page = queue.subList((int) nextOffset, to);
          nextOffset = to;
          isPlaced = true;
          tailResponses++;
          call.onNext(
              TailResponse.newBuilder()
                  .addAllMessages(page)
                  .setToken(incarnation + ":" + nextOffset)
                  .build());
        }
      }
    }
  }

  private final class Service extends MessageServiceGrpc.MessageServiceImplBase {
    @Override
    public void append(AppendRequest request, StreamObserver<AppendResponse> call) {
      @Nullable Fault fault;
      synchronized (FakeServer.this) {
        fault = faults.poll();
        if (fault != Fault.UNAVAILABLE) {
          requests.add(request);
        }
        if (fault == Fault.HELD) {
          held.add(() -> answer(request, call));
          return;
        }
      }
      if (fault == Fault.UNAVAILABLE) {
        call.onError(Status.UNAVAILABLE.asRuntimeException());
      } else if (fault == Fault.ANSWER_LOST) {
        store(request);
        call.onError(Status.UNAVAILABLE.asRuntimeException());
      } else {
        answer(request, call);
      }
      advanceTails();
    }

    private void answer(AppendRequest request, StreamObserver<AppendResponse> call) {
      call.onNext(store(request));
      call.onCompleted();
    }

    @Override
    public void tail(TailRequest request, StreamObserver<TailResponse> observer) {
      ServerCallStreamObserver<TailResponse> call =
          (ServerCallStreamObserver<TailResponse>) observer;
      call.setOnCancelHandler(() -> {});
      OpenTail tail;
      synchronized (FakeServer.this) {
        long nextOffset = 0;
        String token = request.getFrom().getToken();
        if (!token.isEmpty()) {
          String[] parts = token.split(":", 2);
          if (Long.parseLong(parts[0]) != incarnation) {
            call.onError(gone());
            return;
          }
          nextOffset = Long.parseLong(parts[1]);
        }
        tail = new OpenTail(request.getLiteTopic(), nextOffset, call);
        tails.add(tail);
      }
      call.setOnReadyHandler(tail::advance);
      tail.advance();
    }
  }
}

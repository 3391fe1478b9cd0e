package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.mlflow.UnsentException.Remedy;
import dev.rankwise.jobs.text.Redaction;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;
import org.mlflow_project.google.protobuf.InvalidProtocolBufferException;

/**
 * An MLflow server by its official client, with a limit to each call: the client has none of its
 * own, and a host that swallows packets would keep a job for ever.
 */
final class MlflowServer implements AutoCloseable {
  private static final int UNAUTHORISED = 401;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY = 429;
  private static final int OWN_FAULT = 500;

  private final String address;
  private final Duration limit;
  private final MlflowClient client;
  private final ExecutorService calls;

  /**
   * One at an address, which is not called yet.
   *
   * @param limit how long a call may take
   */
  MlflowServer(String address, Duration limit, Credentials credentials) {
    this.address = address;
    this.limit = limit;
    this.client = new MlflowClient(known(address, credentials));
    this.calls =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "mlflow");
              // A call that nothing ends must not keep the process from ending.
              thread.setDaemon(true);
              return thread;
            });
  }

  private static BasicMlflowHostCreds known(String address, Credentials credentials) {
    if (credentials.hasToken()) {
      return new BasicMlflowHostCreds(address, credentials.token());
    }
    return credentials.hasUser()
        ? new BasicMlflowHostCreds(address, credentials.user(), credentials.password())
        : new BasicMlflowHostCreds(address);
  }

  /** Asks the server something of this client. */
  @FunctionalInterface
  interface Question<T> {
    T of(MlflowClient client) throws Exception;
  }

  /** Tells the server something by this client. */
  @FunctionalInterface
  interface Message {
    void by(MlflowClient client) throws Exception;
  }

  String address() {
    return address;
  }

  Duration limit() {
    return limit;
  }

  /** Tells it something. */
  void tell(Message message) throws UnsentException {
    Object unused =
        ask(
            it -> {
              message.by(it);
              return message;
            });
  }

  /**
   * Its answer.
   *
   * @throws UnsentException if it gives none in time, or refuses
   */
  <T> T ask(Question<T> question) throws UnsentException {
    Callable<T> call = () -> question.of(client);
    Future<T> answer = calls.submit(call);
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw tooLong(limit, e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new UnsentException(Remedy.LATER, "the process was told to end", e);
    } catch (ExecutionException e) {
      throw unsent(e.getCause());
    }
  }

  static UnsentException tooLong(Duration limit, Exception cause) {
    return new UnsentException(
        Remedy.LATER,
        "it gave no answer within %s s (tracking.timeout-seconds)".formatted(limit.toSeconds()),
        cause);
  }

  private static UnsentException unsent(Throwable failure) {
    if (failure instanceof MlflowHttpException answered) {
      return answered(answered.getStatusCode(), answered.getBodyMessage(), answered);
    }
    Throwable cause = failure instanceof MlflowClientException ? failure.getCause() : failure;
    // What cannot be read is an IOException to the client too.
    if (cause instanceof IOException e && !(cause instanceof InvalidProtocolBufferException)) {
      return unreached(e);
    }
    return new UnsentException(
        Remedy.MEND,
        "what it answers is not of MLflow (%s); look whether tracking.mlflow names an MLflow server"
            .formatted(failure.getClass().getSimpleName()),
        failure);
  }

  static UnsentException unreached(IOException failure) {
    String why = failure.getMessage() == null ? "" : ": " + failure.getMessage();
    return new UnsentException(
        Remedy.LATER,
        "it cannot be reached (%s%s)"
            .formatted(failure.getClass().getSimpleName(), Redaction.shown(why)),
        failure);
  }

  /** What an answer other than yes means. */
  static UnsentException answered(int status, String body, Exception cause) {
    if (status == UNAUTHORISED || status == FORBIDDEN) {
      return new UnsentException(
          Remedy.MEND,
          ("it answers HTTP %s, which is to say that user, password or token are missing, wrong or not"
                  + " allowed this; set %s and %s, or %s, in the environment of the driver")
              .formatted(status, Credentials.USER, Credentials.PASSWORD, Credentials.TOKEN),
          cause);
    }
    boolean away = status == TOO_MANY || status >= OWN_FAULT;
    String told = body == null || body.isBlank() || away ? "" : ": " + Redaction.shown(body);
    return new UnsentException(
        away ? Remedy.LATER : Remedy.MEND, "it answers HTTP %s%s".formatted(status, told), cause);
  }

  /** Ends what is under way; the thread of a call that hangs goes with its connection. */
  @Override
  public void close() {
    calls.shutdownNow();
    client.close();
  }
}

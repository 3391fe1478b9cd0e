package dev.rankwise.models.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.text.PrintableText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * Who holds a folder: written beside the lock for people, and for the next writer's message.
 *
 * @param pid process
 * @param host its host
 * @param since when it took the lock, as ISO-8601
 */
public record LockHolder(long pid, String host, String since) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** This process, from now on. */
  public static LockHolder ofThisProcess(Clock clock) {
    return new LockHolder(ProcessHandle.current().pid(), localHost(), clock.instant().toString());
  }

  static LockHolder unknown() {
    return new LockHolder(0, "unknown", "unknown");
  }

  /** What {@code file} says, or empty if there is none or it was cut short by a crash. */
  static Optional<LockHolder> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode node = JSON.readTree(Files.readAllBytes(file));
      if (node == null || !node.hasNonNull("pid") || !node.hasNonNull("host")) {
        return Optional.empty();
      }
      return Optional.of(
          new LockHolder(
              node.get("pid").asLong(),
              node.get("host").asText(),
              node.path("since").asText("unknown")));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  byte[] toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("pid", pid).put("host", host).put("since", since);
    return (node.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  public boolean isOnThisHost() {
    return host.equals(localHost());
  }

  /** False only where the process is known to be gone. */
  boolean mayLive() {
    return !isOnThisHost() || ProcessHandle.of(pid).isPresent();
  }

  /** The holder in words; what the file says is a stranger's. */
  public String described() {
    return "process %s on host %s since %s"
        .formatted(pid, PrintableText.of(host), PrintableText.of(since));
  }

  private static String localHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}

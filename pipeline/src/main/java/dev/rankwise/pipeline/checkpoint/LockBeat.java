package dev.rankwise.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.LockHolder;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * What the holder of a lock says of itself each time it renews it.
 *
 * @param holder process, host and since when
 * @param processStarted when that process began: hosts use the number of a process again
 * @param until when the lock ends unless it is renewed before
 * @param released whether it was given back
 */
record LockBeat(LockHolder holder, String processStarted, Instant until, boolean released) {
  /** No beat is longer; what is there may be of any length. */
  static final long MOST_BYTES = 4096;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The same, held for longer. */
  LockBeat renewed(Instant newUntil) {
    return new LockBeat(holder, processStarted, newUntil, false);
  }

  /** The same, given back. */
  LockBeat givenBack() {
    return new LockBeat(holder, processStarted, until, true);
  }

  /**
   * Whether the holder may still write: not if it gave the lock back, if its time is over, or if it
   * was a process of this host that is gone.
   */
  boolean holds(Instant now) {
    if (released || !until.isAfter(now)) {
      return false;
    }
    return !holder.isOnThisHost()
        || ProcessHandle.of(holder.pid())
            .map(process -> startOf(process).equals(processStarted))
            .orElse(false);
  }

  /** When a process began, as its host tells it; the same text each time. */
  static String startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("unknown");
  }

  byte[] toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("pid", holder.pid()).put("host", holder.host()).put("since", holder.since());
    json.put("process_started", processStarted).put("until", until.toString());
    json.put("released", released);
    json.put("sha256", hash(json));
    return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a beat.
   *
   * @throws CorruptFileException if it is none, was cut short or changed: a time that a bad disk
   *     moved into the next century would be believed until then
   */
  static LockBeat parse(byte[] bytes, String origin) {
    ObjectNode json = StrictJson.parse(bytes, origin);
    JsonNode hash = json.remove("sha256");
    if (hash == null || !hash.asText().equals(hash(json))) {
      throw new CorruptFileException(
          "Cannot read %s: it is not what was written".formatted(origin));
    }
    try {
      return new LockBeat(
          new LockHolder(
              json.path("pid").asLong(),
              json.path("host").asText(),
              json.path("since").asText("unknown")),
          json.path("process_started").asText(),
          Instant.parse(json.path("until").asText()),
          json.path("released").asBoolean());
    } catch (DateTimeException e) {
      throw new CorruptFileException("Cannot read %s: it names no time".formatted(origin), e);
    }
  }

  private static String hash(ObjectNode json) {
    return Sha256.ofText(json.toString());
  }
}

package dev.rankwise.models.torch;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where libtorch spends the time of some work, by operator, as its own profiler records it. Time
 * that an operator spends in another one is the other's.
 */
public final class OperatorProfile {

  /**
   * The time of an operator.
   *
   * @param name what libtorch calls it: {@code aten::addmm}
   * @param calls how often it ran
   * @param seconds time in it, without that of operators it called
   */
  public record OperatorTime(String name, long calls, double seconds) {}

  /** An operator that runs, from one moment to another, in microseconds. */
  private record Running(String name, double end) {}

  /** One line of the record, in microseconds. */
  private record Event(String name, int thread, double begin, double duration) {}

  private OperatorProfile() {}

  /**
   * Does some work and says where its time went, the longest first. Recording takes time itself,
   * most of it for operators that are short and many.
   */
  public static List<OperatorTime> of(Runnable work) {
    try {
      Path trace = Files.createTempFile("rankwise-operators", ".json");
      try {
        JniUtils.startProfile(false, false, false);
        try {
          work.run();
        } finally {
          JniUtils.stopProfile(trace.toString());
        }
        return times(new ObjectMapper().readTree(trace.toFile()));
      } finally {
        Files.delete(trace);
      }
    } catch (IOException e) {
      throw FileFailure.writing(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
  }

  /** The times in a record in the form of Chrome's traces: complete events, in any order. */
  static List<OperatorTime> times(JsonNode trace) {
    List<Event> events = new ArrayList<>();
    for (JsonNode event : trace) {
      if (event.path("ph").asText().equals("X")) {
        events.add(
            new Event(
                event.path("name").asText(),
                event.path("tid").asInt(),
                event.path("ts").asDouble(),
                event.path("dur").asDouble()));
      }
    }
    // What began first, and of two at once the longer one, called the other.
    events.sort(
        Comparator.comparingDouble(Event::begin)
            .thenComparing(Comparator.comparingDouble(Event::duration).reversed()));
    Map<Integer, Deque<Running>> running = new HashMap<>();
    Map<String, Double> own = new HashMap<>();
    Map<String, Long> calls = new HashMap<>();
    for (Event event : events) {
      Deque<Running> stack = running.computeIfAbsent(event.thread(), t -> new ArrayDeque<>());
      while (!stack.isEmpty() && stack.peek().end() <= event.begin()) {
        stack.pop();
      }
      if (!stack.isEmpty()) {
        own.merge(stack.peek().name(), -event.duration(), Double::sum);
      }
      own.merge(event.name(), event.duration(), Double::sum);
      calls.merge(event.name(), 1L, Long::sum);
      stack.push(new Running(event.name(), event.begin() + event.duration()));
    }
    return own.entrySet().stream()
        .map(it -> new OperatorTime(it.getKey(), calls.get(it.getKey()), it.getValue() / 1e6))
        .sorted(
            Comparator.comparingDouble(OperatorTime::seconds)
                .reversed()
                .thenComparing(OperatorTime::name))
        .toList();
  }
}

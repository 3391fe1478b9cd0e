package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What single steps of a tokenizer's file must hold. The native library does not check it, and ends
 * the whole process where it does not hold.
 */
final class StepRules {
  /** The lists under which steps hold others. */
  private static final String[] LISTS = {
    "normalizers",
    "pretokenizers",
    "processors",
    "decoders",
    "normalizer",
    "pre_tokenizer",
    "decoder"
  };

  /** A unit of the trie whose other bits are a place in the texts. */
  private static final int IS_VALUE = 1 << 31;

  private static final int LAST_OF_A_BLOCK = 255;

  private StepRules() {}

  /** What is wrong with the normalizer, the pre-tokenizer or the decoder of a file, or within. */
  static Optional<String> problem(JsonNode tokenizer) {
    return first(tokenizer, StepRules::ofOne);
  }

  /** By its type and by its fields: where a step names no type, the library goes by these. */
  private static Optional<String> ofOne(JsonNode step) {
    if (isOf(step, "FixedLength", "length") && step.path("length").asLong() <= 0) {
      return Optional.of("it splits texts into pieces of no characters");
    }
    if (isOf(step, "Precompiled", "precompiled_charsmap")
        && !isSound(step.path("precompiled_charsmap").asText())) {
      return Optional.of("its precompiled map of characters is damaged");
    }
    // A decoder that strips counts from a token's end without looking how long the token is; a
    // normalizer has no such count. Files in use take blanks from the start alone.
    return step.path("stop").asLong() == 0
        ? Optional.empty()
        : Optional.of("its decoder cuts ends off tokens that may be shorter");
  }

  private static boolean isOf(JsonNode step, String type, String field) {
    return step.path("type").asText().equals(type) || step.has(field);
  }

  private static Optional<String> first(JsonNode step, Function<JsonNode, Optional<String>> rule) {
    Optional<String> problem = rule.apply(step);
    for (String list : LISTS) {
      JsonNode inner = step.path(list);
      for (JsonNode one : inner.isArray() ? inner : List.of(inner)) {
        if (problem.isEmpty() && one.isObject()) {
          problem = first(one, rule);
        }
      }
    }
    return problem;
  }

  /**
   * Whether a map, as sentencepiece compiles it, leads nowhere but into itself: four bytes with the
   * size of a double-array trie, its units, then the texts that its values point to, each ended by
   * a zero. From unit {@code p} with offset {@code o} the byte {@code c} leads to {@code p ^ o ^
   * c}, which lies in the block of 256 units around {@code p ^ o}.
   */
  private static boolean isSound(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return false;
    }
    ByteBuffer map = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (map.remaining() < Integer.BYTES) {
      return false;
    }
    int size = map.getInt();
    if (size < Integer.BYTES || size % Integer.BYTES != 0 || size > map.remaining()) {
      return false;
    }
    IntBuffer units = map.slice(map.position(), size).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    map.position(map.position() + size);
    byte[] texts = new byte[map.remaining()];
    map.get(texts);
    for (int place = 0; place < units.limit(); place++) {
      if (!leadsInside(place, units.get(place), units.limit(), texts)) {
        return false;
      }
    }
    return true;
  }

  private static boolean leadsInside(int place, int unit, int units, byte[] texts) {
    if ((unit & IS_VALUE) != 0) {
      int text = unit & ~IS_VALUE;
      // Not behind the texts, nor at a byte that continues a character of UTF-8.
      return text < texts.length && (texts[text] & 0xC0) != 0x80;
    }
    int offset = (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    return ((place ^ offset) | LAST_OF_A_BLOCK) >= 0
        && ((place ^ offset) | LAST_OF_A_BLOCK) < units;
  }
}

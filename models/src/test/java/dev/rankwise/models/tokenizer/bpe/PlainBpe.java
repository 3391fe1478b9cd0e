package dev.rankwise.models.tokenizer.bpe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Byte-level BPE as plainly as can be: every count afresh for every merge. */
final class PlainBpe {
  private PlainBpe() {}

  /** The merges of the definition, for texts that are small. */
  static List<BpeVocabulary.Merge> merges(List<String> texts, BpeSettings settings) {
    List<String> tokens = new ArrayList<>(settings.specialTokens());
    for (char letter : ByteLetters.inOrder()) {
      tokens.add(String.valueOf(letter));
    }
    List<List<String>> words = new ArrayList<>();
    texts.forEach(text -> PreTokens.forEach(text, stretch -> words.add(letters(stretch))));
    List<BpeVocabulary.Merge> merges = new ArrayList<>();
    while (tokens.size() < settings.vocabularySize()) {
      Map<BpeVocabulary.Merge, Long> counts = new LinkedHashMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(new BpeVocabulary.Merge(word.get(i), word.get(i + 1)), 1L, Long::sum);
        }
      }
      BpeVocabulary.Merge best = null;
      for (BpeVocabulary.Merge pair : counts.keySet()) {
        if (best == null || comesFirst(pair, best, counts, tokens)) {
          best = pair;
        }
      }
      if (best == null || counts.get(best) < settings.minimumCount()) {
        return merges;
      }
      merges.add(best);
      if (!tokens.contains(best.left() + best.right())) {
        tokens.add(best.left() + best.right());
      }
      for (List<String> word : words) {
        apply(best, word);
      }
    }
    return merges;
  }

  /** The ids of a text without special tokens. */
  static int[] encode(String text, BpeVocabulary vocabulary) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      ids.put(vocabulary.tokens().get(id), id);
    }
    Map<String, List<String>> known = new HashMap<>();
    List<Integer> encoded = new ArrayList<>();
    PreTokens.forEach(
        text,
        stretch ->
            known
                .computeIfAbsent(
                    stretch,
                    unseen -> {
                      List<String> word = letters(unseen);
                      vocabulary.merges().forEach(merge -> apply(merge, word));
                      return word;
                    })
                .forEach(token -> encoded.add(ids.get(token))));
    return encoded.stream().mapToInt(Integer::intValue).toArray();
  }

  private static boolean comesFirst(
      BpeVocabulary.Merge one,
      BpeVocabulary.Merge other,
      Map<BpeVocabulary.Merge, Long> counts,
      List<String> tokens) {
    if (!counts.get(one).equals(counts.get(other))) {
      return counts.get(one) > counts.get(other);
    }
    int left = tokens.indexOf(one.left()) - tokens.indexOf(other.left());
    return left < 0 || (left == 0 && tokens.indexOf(one.right()) < tokens.indexOf(other.right()));
  }

  private static void apply(BpeVocabulary.Merge merge, List<String> word) {
    for (int i = 0; i + 1 < word.size(); i++) {
      if (word.get(i).equals(merge.left()) && word.get(i + 1).equals(merge.right())) {
        word.set(i, merge.left() + merge.right());
        word.remove(i + 1);
      }
    }
  }

  private static List<String> letters(String stretch) {
    return new ArrayList<>(stretch.chars().mapToObj(c -> String.valueOf((char) c)).toList());
  }
}

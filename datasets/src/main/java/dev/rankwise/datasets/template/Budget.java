package dev.rankwise.datasets.template;

import java.util.function.Supplier;

/** Counts what a rendering has cost so far. */
final class Budget {
  private static final int CHARACTERS_PER_STEP = 16;

  private final TemplateBounds bounds;
  private long work;
  private int depth;

  Budget(TemplateBounds bounds) {
    this.bounds = bounds;
  }

  /** Steps taken so far. */
  long work() {
    return work;
  }

  /** One step. */
  void step() {
    work++;
    if (work > bounds.work()) {
      throw TemplateException.bound("it takes more than " + bounds.work() + " steps");
    }
  }

  /** Steps for {@code items} list entries. */
  void items(long items) {
    work += items;
    step();
  }

  /** Steps for reading or making {@code characters} of text. */
  void text(long characters) {
    work += characters / CHARACTERS_PER_STEP;
    step();
    if (characters > bounds.characters()) {
      throw TemplateException.bound(
          "it makes a text of more than " + bounds.characters() + " characters");
    }
  }

  /** One step while a text grows: its length is bounded, and paid for as it comes. */
  void growing(StringBuilder text) {
    step();
    if (text.length() > bounds.characters()) {
      text(text.length());
    }
  }

  /** A text that was made, paid for. */
  String made(String text) {
    text(text.length());
    return text;
  }

  /** A value computed one level deeper. */
  Object nested(Supplier<Object> value) {
    enter();
    Object computed = value.get();
    leave();
    return computed;
  }

  void enter() {
    depth++;
    if (depth > TemplateBounds.DEPTH) {
      throw TemplateException.bound("it nests deeper than " + TemplateBounds.DEPTH + " levels");
    }
  }

  void leave() {
    depth--;
  }
}

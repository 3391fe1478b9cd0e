package dev.rankwise.datasets.source.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSynset {
  private static final String BURP =
      "00003443 29 v 02 burp 0 force_out a 005 @ 00105087 v 0000 01 + 02 00 | expel gas; make"
          + " noise; \"Please don't burp; it is rude\"; \"he burped\"  ";

  @Test
  void aLineIsReadIntoWordsAndGloss() {
    Synset synset = Synset.parse(PartOfSpeech.VERB, BURP).orElseThrow();

    assertThat(synset.key()).isEqualTo("v00003443");
    assertThat(synset.lemmas()).containsExactly("burp", "force out");
    assertThat(synset.headword()).isEqualTo("burp, verb, body");
    assertThat(synset.gloss()).startsWith("expel gas;").endsWith("\"he burped\"");
    assertThat(synset.definition()).isEqualTo("expel gas; make noise");
    assertThat(Synset.isLicence(BURP)).isFalse();
    assertThat(Synset.isLicence("  1 This software")).isTrue();
  }

  @Test
  void markersOfAdjectivesAreNoPartOfTheWord() {
    Synset synset =
        Synset.parse(
                PartOfSpeech.ADJECTIVE,
                "00003131 00 s 03 ready_to_hand(p) 0 out(a) 0 (x) 0 000 | near  ")
            .orElseThrow();

    assertThat(synset.lemmas()).containsExactly("ready to hand", "out", "(x)");
    assertThat(synset.headword()).isEqualTo("ready to hand, adjective, all");
    assertThat(synset.definition()).isEqualTo("near");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00003443 29 v 01 burp 0 000",
        "0000344 29 v 01 burp 0 000 | short offset",
        "00003443 03 n 01 burp 0 000 | another part of speech",
        "00003443 99 v 01 burp 0 000 | no such file",
        "00003443 29 x 01 burp 0 000 | no such letter",
        "00003443 29 v 00 000 | no word",
        "00003443 29 v ff burp 0 000 | fewer words than it says",
        "00003443 29 v zz burp 0 000 | no number",
      })
  void aMalformedLineIsNoSynset(String line) {
    assertThat(Synset.parse(PartOfSpeech.VERB, line)).isEmpty();
  }
}

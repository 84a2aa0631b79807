import BenchSchema
import CapnProto

/// Text: 100 hits of a search, ranked up for cats and down for dogs, as in Cap'n Proto's catrank benchmark.
enum Search {
    static let count = 100

    struct Text: Sendable {
        let url: String
        let snippet: String
    }

    /// Drawn once: what is measured is the encoding.
    static let texts: [Text] = {
        var draws = Draws(seed: 7)
        return (0..<count).map { _ in
            let url = "http://example.com/" + word(&draws, 20 + Int(draws.next(60)))
            var snippet = ""
            for _ in 0..<30 + draws.next(40) { snippet += word(&draws, 1 + Int(draws.next(9))) + " " }
            if draws.next(8) == 0 { snippet += "cat " }
            if draws.next(8) == 0 { snippet += "dog " }
            return Text(url: url, snippet: snippet)
        }
    }()

    private static func word(_ draws: inout Draws, _ length: Int) -> String {
        String(decoding: (0..<length).map { _ in UInt8(97 + draws.next(26)) }, as: UTF8.self)
    }

    static func sum(_ root: AnyPointerReader) throws(CapnProtoError) -> UInt64 {
        var total: UInt64 = 0
        let hits = try root.structure(Hits.self).hits
        for index in hits.indices {
            let hit = hits[index]
            let snippet = try hit.snippet
            var score = hit.score
            if snippet.contains(" cat ") { score *= 10_000 }
            if snippet.contains(" dog ") { score /= 10_000 }
            total &+= score.bitPattern >> 20 &+ UInt64(try hit.url.count) &+ UInt64(snippet.count)
        }
        return total
    }

    /// Ranks anew, as the benchmark does: the texts come out of the message of another search.
    static func build(_ message: inout MessageBuilder) {
        var root = message.initRoot(Hits.self)
        var hits = root.initHits(count)
        do throws(CapnProtoError) {
            let found = try source.root(Hits.self)
            let sources = try found.hits
            for index in 0..<count {
                var hit = hits[index]
                let source = sources[index]
                hit.score = source.score
                try hit.raw.pointer(0).setText(source.url)
                try hit.raw.pointer(1).setText(source.snippet)
            }
        } catch {
            fatalError("\(error)")
        }
    }

    static let source: Message = {
        var message = MessageBuilder()
        buildOfStrings(&message)
        return message.finish(limits: ReadLimits(traversalWords: .max))
    }()

    static func buildOfStrings(_ message: inout MessageBuilder) {
        var root = message.initRoot(Hits.self)
        var hits = root.initHits(count)
        for index in 0..<count {
            var hit = hits[index]
            hit.score = 1000 - Double(index)
            hit.setUrl(texts[index].url)
            hit.setSnippet(texts[index].snippet)
        }
    }
}

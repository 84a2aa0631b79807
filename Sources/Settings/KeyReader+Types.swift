import Primitives

// One method for each type that a key may have.
extension KeyReader {
    mutating func text(
        _ key: String, default fallback: String, _ check: (String) throws(Unfit) -> Void = { _ throws(Unfit) in }
    ) -> String {
        read(key, .text, default: fallback, show: \.self) { value throws(Unfit) in
            let text = try Self.text(value)
            try check(text)
            return text
        }
    }

    mutating func optionalText(
        _ key: String, _ check: (String) throws(Unfit) -> Void = { _ throws(Unfit) in }
    ) -> String? {
        read(key, .text, default: nil, show: { $0 ?? "" }) { value throws(Unfit) in
            let text = try Self.text(value)
            try check(text)
            return text
        }
    }

    /// An absolute path, or one below `~`.
    mutating func path(_ key: String, default fallback: String) -> String {
        optionalPath(key, default: fallback) ?? fallback
    }

    mutating func optionalPath(_ key: String, default fallback: String? = nil) -> String? {
        let home = home
        return read(key, .text, default: fallback, show: { $0 ?? "" }) { value throws(Unfit) in
            try expand(try Self.text(value), home: home)
        }
    }

    mutating func flag(_ key: String, default fallback: Bool) -> Bool {
        read(key, .flag, default: fallback, show: { "\($0)" }) { value throws(Unfit) in
            guard case .flag(let flag) = value else { throw Unfit("is \(value.kind), expected true or false") }
            return flag
        }
    }

    mutating func count(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        read(key, .integer, default: fallback, show: { "\($0)" }) { value throws(Unfit) in
            guard case .integer(let count) = value else { throw Unfit("is \(value.kind), expected an integer") }
            guard range.contains(Int(count)) else {
                throw Unfit("\(count) is not within \(range.lowerBound) and \(range.upperBound)")
            }
            return Int(count)
        }
    }

    mutating func interval(_ key: String, default fallback: Interval, in range: ClosedRange<Interval>) -> Interval {
        read(key, .text, default: fallback, show: \.settingText) { value throws(Unfit) in
            let text = try Self.text(value, expected: "a duration such as \"10s\" or \"5m\"")
            guard let interval = Interval(parsing: text) else {
                throw Unfit("\"\(text)\" is no duration such as \"10s\" or \"5m\"")
            }
            guard range.contains(interval) else {
                throw Unfit("\(text) is not within \(range.lowerBound.settingText) and \(range.upperBound.settingText)")
            }
            return interval
        }
    }

    mutating func byteCount(
        _ key: String, default fallback: ByteCount, in range: ClosedRange<ByteCount> = ByteCount(0) ... ByteCount(.max)
    ) -> ByteCount {
        read(key, .text, default: fallback, show: \.settingText) { value throws(Unfit) in
            let count = try Self.byteCount(value)
            guard range.contains(count) else {
                throw Unfit(
                    "\(count.settingText) is not within \(range.lowerBound.settingText) and \(range.upperBound.settingText)")
            }
            return count
        }
    }

    private static func byteCount(_ value: Value) throws(Unfit) -> ByteCount {
        if case .integer(let bytes) = value, bytes >= 0 { return ByteCount(bytes) }
        let text = try text(value, expected: "a size such as \"100MB\"")
        guard let count = ByteCount(parsing: text) else { throw Unfit("\"\(text)\" is no size such as \"100MB\"") }
        return count
    }

    mutating func fraction(_ key: String, default fallback: Fraction) -> Fraction {
        read(key, .text, default: fallback, show: \.settingText) { value throws(Unfit) in
            let text = try Self.text(value, expected: "a fraction such as \"2/3\"")
            guard let fraction = Fraction(parsing: text) else {
                throw Unfit("\"\(text)\" is no fraction such as \"2/3\"")
            }
            return fraction
        }
    }

    mutating func choice<T: CaseIterable & RawRepresentable<String>>(_ key: String, default fallback: T) -> T {
        read(key, .text, default: fallback, show: \.rawValue) { value throws(Unfit) in
            let text = try Self.text(value)
            guard let choice = T(rawValue: text) else {
                throw Unfit("\"\(text)\" is none of \(Self.names(of: T.self))")
            }
            return choice
        }
    }

    mutating func texts(
        _ key: String, default fallback: [String] = [], _ check: (String) throws(Unfit) -> Void = { _ throws(Unfit) in }
    ) -> [String] {
        read(key, .list, default: fallback, show: { $0.joined(separator: ",") }) { value throws(Unfit) in
            guard case .list(let elements) = value else { throw Unfit("is \(value.kind), expected a list of texts") }
            var texts = [String]()
            for element in elements {
                let text = try Self.text(element, expected: "a list of texts")
                try check(text)
                guard !texts.contains(text) else { throw Unfit("\"\(text)\" is listed twice") }
                texts.append(text)
            }
            return texts
        }
    }

    mutating func choices<T: CaseIterable & RawRepresentable<String>>(_ key: String, of type: T.Type) -> [T] {
        texts(key) { text throws(Unfit) in
            guard T(rawValue: text) != nil else { throw Unfit("\"\(text)\" is none of \(Self.names(of: T.self))") }
        }.compactMap(T.init)
    }

    /// A port of a host; `off` means none where the key allows that.
    mutating func port(_ key: String, default fallback: Endpoint?, canBeOff: Bool = false) -> Endpoint? {
        read(key, .text, default: fallback, show: { $0?.description ?? "off" }) { value throws(Unfit) in
            let text = try Self.text(value)
            if canBeOff, text == "off" { return nil }
            guard let endpoint = Endpoint(parsing: text), case .tcp = endpoint else {
                throw Unfit("\"\(text)\" is no host:port\(canBeOff ? ", and not \"off\"" : "")")
            }
            return endpoint
        }
    }

    private static func names<T: CaseIterable & RawRepresentable<String>>(of type: T.Type) -> String {
        T.allCases.map(\.rawValue).joined(separator: ", ")
    }

    static func text(_ value: Value, expected: String = "a text") throws(Unfit) -> String {
        guard case .text(let text) = value else { throw Unfit("is \(value.kind), expected \(expected)") }
        guard !text.isEmpty else { throw Unfit("is empty") }
        return text
    }
}

/// `~` and `~/x` by `home`; everything else must begin at the root, because a daemon has no folder that a person would guess.
func expand(_ path: String, home: String) throws(Unfit) -> String {
    var path = path
    if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
    guard path.hasPrefix("/") else { throw Unfit("\"\(path)\" neither begins with / nor with ~/") }
    guard !path.utf8.contains(0) else { throw Unfit("a zero byte in a path") }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
}

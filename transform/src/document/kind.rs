//! The kinds of values in a document.

/// How a source value is written, and with which type the index maps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Always a string, whatever the source has; objects and arrays as JSON text.
    Keyword,
    /// An integer; numeric strings are read too.
    Long,
    /// A number with a fraction; numeric strings are read too.
    Double,
    /// `true` or `false`; also from the strings.
    Boolean,
    /// A point in time, ISO 8601 in UTC.
    Date,
    /// An IP address; anything else leaves the field out.
    Ip,
    /// A string in lower case.
    Lowercase,
    /// An array of strings; a single string becomes an array of one.
    Keywords,
    /// Any object, searchable by path but never mapped field by field
    /// (`flat_object` in OpenSearch, `flattened` in Elasticsearch).
    Flattened,
    /// An array that the dataset's rules read; it isn't written itself.
    Array,
    /// An array that the dataset's rules read, and that is kept with everything that no row takes.
    List,
    /// The same JSON text in every document of the dataset.
    Constant(&'static str),
    /// Not read from one source value: the dataset's rules fill it in.
    Computed,
}

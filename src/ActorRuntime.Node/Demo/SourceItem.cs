namespace ActorRuntime.Node.Demo;

/// <summary>One line of the input.</summary>
/// <param name="Line">Its number, from 0: the source offset of the item.</param>
/// <param name="Bytes">The line as it stands in the file, line ending included.</param>
internal readonly record struct SourceItem(long Line, ReadOnlyMemory<byte> Bytes);

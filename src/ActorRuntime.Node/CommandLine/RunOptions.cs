namespace ActorRuntime.Node.CommandLine;

/// <summary>What the command line says about a node; everything else is in the file.</summary>
/// <param name="ConfigurationFile">HOCON file.</param>
/// <param name="EndWithParent">The node is a child of the demonstration: it ends when its parent does, and leaves when standard input
/// closes.</param>
/// <param name="AdoptLog">For this start, an operator's word: a control log the node would refuse is gone on with.</param>
internal sealed record RunOptions(string ConfigurationFile, bool EndWithParent, bool AdoptLog = false);

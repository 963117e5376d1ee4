using ActorRuntime.Persistence.Sql.Sqlite;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Sqlite;

public sealed class SqliteLibraryTests
{
    [Fact]
    public void Description_names_version_and_origin() =>
        Assert.Matches(@"^SQLite 3\.\d+\.\d+ \((system library libsqlite3\.so\.0|bundled library)\)$", SqliteLibrary.Description);
}

//! The head of a message as the gateway asks for it.

use vicar_gateway::{Field, Head, Vouched};

use crate::{pairs::FieldBlock, vouched::VouchedDocuments};

/// A head that the proxy listed as a whole: a look-up by name would show the first of two fields.
#[derive(Debug)]
pub(crate) struct ListedHead<'a> {
    pub(crate) fields: &'a FieldBlock,
    pub(crate) end_of_stream: bool,
    pub(crate) vouched: Option<&'a VouchedDocuments>,
}

impl Head for ListedHead<'_> {
    fn field(&self, name: &str) -> Field<'_> {
        Field::among(self.fields.iter(), name)
    }

    fn end_of_stream(&self) -> bool {
        self.end_of_stream
    }

    fn vouched(&self) -> Option<Vouched<'_>> {
        self.vouched.map(VouchedDocuments::as_vouched)
    }
}
